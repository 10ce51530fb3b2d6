package dev.mayfly.evidence;

/// Evidence that a platform made and that the rules of the realm's attester decide upon.
public sealed interface PlatformEvidence extends Evidence
    permits KubernetesToken,
        GithubActionsToken,
        OidcToken,
        TpmActivation,
        NitroAttestation,
        SpiffeJwt,
        SpiffeX509,
        SpiffeWit {}
