package dev.mayfly.realm;

import dev.mayfly.network.IpLiteral;
import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import javax.security.auth.x500.X500Principal;

/// The one name by which a client's certificate is known, RFC 8705 §2.1.2.
public sealed interface CertificateName {
  /// Errors: `IllegalArgumentException`.
  static CertificateName parse(String field, String text) {
    return switch (field) {
      case "tls_client_auth_subject_dn" -> SubjectDn.parse(text);
      case "tls_client_auth_san_dns" -> new SanDns(text);
      case "tls_client_auth_san_uri" -> new SanUri(text);
      case "tls_client_auth_san_ip" -> SanIp.parse(text);
      case "tls_client_auth_san_email" -> new SanEmail(text);
      default -> throw new IllegalArgumentException("no such name: " + field);
    };
  }

  /// The member of the registration that holds it.
  String field();

  /// As it is written in the registration.
  String text();

  boolean isIn(X509Certificate certificate);

  /// An RFC 4514 text. Compared as a name: attribute by attribute, in order, without regard to
  /// case and spacing.
  record SubjectDn(X500Principal name, String text) implements CertificateName {
    static SubjectDn parse(String text) {
      X500Principal name = new X500Principal(text);
      if (name.getName().isEmpty()) {
        throw new IllegalArgumentException("an empty name is everybody's");
      }
      return new SubjectDn(name, text);
    }

    @Override
    public String field() {
      return "tls_client_auth_subject_dn";
    }

    @Override
    public boolean isIn(X509Certificate certificate) {
      return certificate.getSubjectX500Principal().equals(name);
    }

    /// Two spellings of one name are two registrations: what differs is shown.
    @Override
    public String toString() {
      return text;
    }
  }

  /// Without regard to case; a wildcard stands for itself.
  record SanDns(String text) implements CertificateName {
    public SanDns {
      if (!text.matches("[A-Za-z0-9._-]{1,253}")) {
        throw new IllegalArgumentException("a DNS name has letters, digits, - and dots");
      }
    }

    @Override
    public String field() {
      return "tls_client_auth_san_dns";
    }

    @Override
    public boolean isIn(X509Certificate certificate) {
      return anyName(certificate, 2, text::equalsIgnoreCase);
    }
  }

  /// Character by character.
  record SanUri(String text) implements CertificateName {
    @Override
    public String field() {
      return "tls_client_auth_san_uri";
    }

    @Override
    public boolean isIn(X509Certificate certificate) {
      return anyName(certificate, 6, text::equals);
    }
  }

  /// By its bytes.
  record SanIp(InetAddress address, String text) implements CertificateName {
    static SanIp parse(String text) {
      return new SanIp(IpLiteral.parse(text), text);
    }

    @Override
    public String field() {
      return "tls_client_auth_san_ip";
    }

    @Override
    public boolean isIn(X509Certificate certificate) {
      return anyName(certificate, 7, name -> IpLiteral.parse(name).equals(address));
    }
  }

  /// The part after the `@` without regard to case.
  record SanEmail(String text) implements CertificateName {
    public SanEmail {
      if (!text.matches("[!-~&&[^@]]+@[A-Za-z0-9._-]+")) {
        throw new IllegalArgumentException("a mail address is local-part@domain");
      }
    }

    @Override
    public String field() {
      return "tls_client_auth_san_email";
    }

    @Override
    public boolean isIn(X509Certificate certificate) {
      return anyName(certificate, 1, name -> comparable(name).equals(comparable(text)));
    }

    private static String comparable(String address) {
      int at = address.lastIndexOf('@');
      return at < 0
          ? address
          : address.substring(0, at) + address.substring(at).toLowerCase(Locale.ROOT);
    }
  }

  /// `type` is the number of the kind of name, RFC 5280 §4.2.1.6.
  private static boolean anyName(X509Certificate certificate, int type, Predicate<String> wanted) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) {
        return false;
      }
      for (List<?> name : names) {
        if (name.getFirst().equals(type)
            && name.get(1) instanceof String text
            && wanted.test(text)) {
          return true;
        }
      }
      return false;
    } catch (CertificateParsingException | IllegalArgumentException malformed) {
      return false;
    }
  }
}
