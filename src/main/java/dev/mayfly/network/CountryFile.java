package dev.mayfly.network;

import com.maxmind.db.NoCache;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/// Country data in an MMDB file, memory mapped. Reads the layout of iptoasn-country
/// (`country_code`) and of GeoLite (`country.iso_code`).
///
/// Swap the file by renaming a new one over it; it is noticed within [#CHECK_EVERY]. A new file
/// that cannot be read is logged and the old data stays in use. (Never write into the mapped file
/// itself: a truncated mapping cannot be read, and every address is then unknown.)
public final class CountryFile implements GeoLookup {
  public static final Duration CHECK_EVERY = Duration.ofSeconds(5);
  private static final Logger LOG = Logger.getLogger(CountryFile.class);

  private final Path path;
  private final Clock clock;
  private final AtomicLong nextCheck;
  private volatile Data data;
  private volatile Version refused;

  private CountryFile(Path path, Clock clock, Data data) {
    this.path = path;
    this.clock = clock;
    this.data = data;
    this.nextCheck = new AtomicLong(clock.millis() + CHECK_EVERY.toMillis());
  }

  /// Errors: `IOException` with one readable line when the file is not usable country data.
  public static CountryFile open(Path path, Clock clock) throws IOException {
    return new CountryFile(path, clock, Data.read(path));
  }

  @Override
  public Location locate(InetAddress address) {
    reloadIfSwapped();
    return data.locate(address);
  }

  /// One caller every few seconds pays for one `stat`; the compare-and-set keeps the others out.
  private void reloadIfSwapped() {
    long due = nextCheck.get();
    long now = clock.millis();
    if (now < due || !nextCheck.compareAndSet(due, now + CHECK_EVERY.toMillis())) {
      return;
    }
    Version found = Version.of(path);
    if (found.equals(data.version) || found.equals(refused)) {
      return; // a refused file is reported once, not every few seconds
    }
    try {
      // The old mapping is left to the garbage collector: somebody may be reading it right now.
      data = Data.read(path);
      refused = null;
      LOG.infof("country data reloaded from %s", path);
    } catch (IOException e) {
      refused = found;
      LOG.errorf("country data kept as it was: %s", e.getMessage());
    }
  }

  /// What tells one file from the next under the same name.
  private record Version(FileTime modified, long size, Object fileKey) {
    static final Version MISSING = new Version(FileTime.fromMillis(0), -1, "");

    static Version of(Path path) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(
            attributes.lastModifiedTime(),
            attributes.size(),
            Objects.requireNonNullElse(attributes.fileKey(), ""));
      } catch (IOException _) {
        return MISSING;
      }
    }
  }

  private record Data(Reader reader, Version version, AtomicBoolean complained) {
    static Data read(Path path) throws IOException {
      Version version = Version.of(path);
      try {
        Reader reader =
            new Reader(path.toFile(), Reader.FileMode.MEMORY_MAPPED, NoCache.getInstance());
        // The first look-up reads the tree and the decoder's tables; a damaged file fails here.
        reader.get(IpLiteral.parse("1.1.1.1"), Map.class);
        return new Data(reader, version, new AtomicBoolean());
      } catch (IOException | RuntimeException e) {
        throw new IOException("%s is not a readable MMDB file".formatted(path), e);
      }
    }

    Location locate(InetAddress address) {
      if (address instanceof Inet6Address && reader.getMetadata().ipVersion() == 4) {
        return Location.UNKNOWN;
      }
      try {
        return countryOf(reader.get(address, Map.class));
      } catch (IOException | RuntimeException | InternalError e) {
        // InternalError is how the JVM reports a mapping that was truncated underneath us.
        if (!complained.getAndSet(true)) {
          LOG.errorf(
              "country data is damaged, addresses are unknown (%s)", e.getClass().getSimpleName());
        }
        return Location.UNKNOWN;
      }
    }

    private static Location countryOf(Map<?, ?> found) {
      if (found == null) {
        return Location.UNKNOWN;
      }
      if (found.get("country_code") instanceof String code) {
        return Location.ofCode(code);
      }
      if (found.get("country") instanceof Map<?, ?> country
          && country.get("iso_code") instanceof String code) {
        return Location.ofCode(code);
      }
      return Location.UNKNOWN;
    }
  }
}
