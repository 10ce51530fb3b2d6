package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a client may ask from. Linux answers for all of 127.0.0.0/8, which gives the suite a
/// second address.
class NetworkPolicyTest {
  private static RawHttp.Answer from(String address, ToolRequest request, String... extra)
      throws Exception {
    var headers = new ArrayList<>(List.of(extra));
    headers.add("Content-Type: " + ToolRequest.FORM);
    request.allHeaders().forEach(field -> headers.add(field.name() + ": " + field.value()));
    return RawHttp.send(
        "POST",
        URI.create(request.url()).getRawPath(),
        headers,
        request.body().getBytes(StandardCharsets.UTF_8),
        InetAddress.getByName(address));
  }

  private static void refused(RawHttp.Answer answer) {
    assertEquals(401, answer.status());
    assertEquals("invalid_client", Broker.json(answer.body()).path("error").asText());
  }

  /// `pinned-bot` may ask from 127.0.0.1 only.
  @Test
  void aClientIsServedFromItsOwnNetworkOnly() throws Exception {
    LocalAddresses.assumeTheBrokerIsLocal();
    Tool pinned = Lab.bot("pinned-bot");
    assertEquals(200, from("127.0.0.1", pinned.clientCredentials("orders:read")).status());
    var elsewhere = from("127.0.0.2", pinned.clientCredentials("orders:read"));
    refused(elsewhere);
  }

  @Test
  void aRefreshFromAnotherNetworkIsRefusedAndTheOwnerGoesOn() throws Exception {
    LocalAddresses.assumeTheBrokerIsLocal();
    Tool pinned = Lab.bot("pinned-bot");
    var first = from("127.0.0.1", pinned.clientCredentials("orders:read"));
    String token = Broker.json(first.body()).path("refresh_token").asText();
    var stolen = from("127.0.0.2", pinned.refresh(token));
    refused(stolen);
    assertEquals(200, from("127.0.0.1", pinned.refresh(token)).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: for=127.0.0.1",
        "X-Real-IP: 127.0.0.1",
        "CF-Connecting-IP: 127.0.0.1"
      })
  @Covers("9700-9")
  void nobodyTalksItselfIntoANetworkByAHeader(String header) throws Exception {
    LocalAddresses.assumeTheBrokerIsLocal();
    Tool pinned = Lab.bot("pinned-bot");
    var answer = from("127.0.0.2", pinned.clientCredentials("orders:read"), header);
    refused(answer);
  }

  @Test
  void aClientOfAnotherNetworkIsRefused() {
    var answer = Lab.bot("distant-bot").clientCredentials("orders:read").send();
    Refusal.is(401, "invalid_client", answer);
  }

  @Test
  @Covers("9700-9")
  void theTokenSaysTheRealAddressWhateverAHeaderClaims() throws Exception {
    Tool bot = Lab.bot();
    var answer =
        bot.clientCredentials("orders:read").header("X-Forwarded-For", "203.0.113.9").send();
    String address =
        bot.realm().verified(Tool.Tokens.of(answer).access()).getStringClaim("issued_address");
    assertTrue(!address.contains("203.0.113.9"), address);
  }

  @Test
  void theTokenOfALimitedClientCarriesItsNetworks() throws Exception {
    LocalAddresses.assumeTheBrokerIsLocal();
    Tool pinned = Lab.bot("pinned-bot");
    var answer = from("127.0.0.1", pinned.clientCredentials("orders:read"));
    var claims = pinned.realm().verified(Broker.json(answer.body()).path("access_token").asText());
    assertTrue(claims.getStringListClaim("allowed_networks").contains("127.0.0.1/32"));
    assertEquals("127.0.0.1", claims.getStringClaim("issued_address"));
  }
}
