package dev.mayfly.realm;

import dev.mayfly.realm.YamlNode.Position;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.events.StreamEndEvent;
import org.yaml.snakeyaml.reader.ReaderException;

/// Builds the tree of a realm file from the parser's events, one document of plain mappings, lists
/// and scalars. Anchors, aliases, tags and directives are refused before they can mean anything:
/// what a file says must be what a reader sees.
final class YamlTree {
  private static final int DEEPEST = 20;

  private final String file;
  private final Iterator<Event> events;

  private YamlTree(String file, Iterator<Event> events) {
    this.file = file;
    this.events = events;
  }

  /// Errors: [RealmConfigException].
  static YamlNode parse(String file, String text) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(Integer.MAX_VALUE); // the loader has bounded the text already
    try {
      Iterator<Event> events = new Yaml(options).parse(new StringReader(text)).iterator();
      return new YamlTree(file, events).document();
    } catch (ReaderException e) {
      throw refusal(file, positionOf(text, e.getPosition()), "not YAML: a forbidden character");
    } catch (MarkedYAMLException e) {
      Position at =
          e.getProblemMark() == null ? new Position(1, 1) : positionOf(e.getProblemMark());
      throw refusal(file, at, "not YAML: " + Value.oneLine(e.getProblem()));
    } catch (YAMLException _) {
      throw refusal(file, new Position(1, 1), "not YAML");
    }
  }

  static RealmConfigException refusal(String file, Position at, String what) {
    return Value.refusal(file, at, Value.DOCUMENT, what);
  }

  private YamlNode document() {
    events.next(); // the start of the stream
    Event start = events.next();
    if (!(start instanceof DocumentStartEvent document)) {
      throw refuse(start, "the file is empty");
    }
    boolean hasTags = document.getTags() != null && !document.getTags().isEmpty();
    if (document.getVersion() != null || hasTags) {
      throw refuse(start, "YAML directives are not allowed");
    }
    YamlNode root = node(events.next(), 0);
    events.next(); // the end of the document
    Event next = events.next();
    if (!(next instanceof StreamEndEvent)) {
      throw refuse(next, "a second YAML document is not allowed");
    }
    return root;
  }

  private YamlNode node(Event event, int depth) {
    if (depth > DEEPEST) {
      throw refuse(event, "nested too deeply");
    }
    if (event instanceof NodeEvent node && node.getAnchor() != null) {
      throw refuse(event, "YAML anchors and aliases are not allowed"); // an alias has an anchor too
    }
    return switch (event) {
      case ScalarEvent scalar -> scalar(scalar);
      case SequenceStartEvent start -> items(start, depth);
      case MappingStartEvent start -> mapping(start, depth);
      default -> throw refuse(event, "not expected here");
    };
  }

  private YamlNode.Scalar scalar(ScalarEvent event) {
    refuseTag(event, event.getTag());
    return new YamlNode.Scalar(
        event.getValue(), !event.isPlain(), positionOf(event.getStartMark()));
  }

  private YamlNode.Items items(SequenceStartEvent start, int depth) {
    refuseTag(start, start.getTag());
    List<YamlNode> nodes = new ArrayList<>();
    Event next = events.next();
    while (!(next instanceof SequenceEndEvent)) {
      nodes.add(node(next, depth + 1));
      next = events.next();
    }
    return new YamlNode.Items(nodes, positionOf(start.getStartMark()));
  }

  private YamlNode.Mapping mapping(MappingStartEvent start, int depth) {
    refuseTag(start, start.getTag());
    List<YamlNode.Entry> entries = new ArrayList<>();
    Event next = events.next();
    while (!(next instanceof MappingEndEvent)) {
      if (!(node(next, depth + 1) instanceof YamlNode.Scalar key)) {
        throw refuse(next, "a key is a plain text");
      }
      entries.add(new YamlNode.Entry(key, node(events.next(), depth + 1)));
      next = events.next();
    }
    return new YamlNode.Mapping(entries, positionOf(start.getStartMark()));
  }

  private void refuseTag(Event event, String tag) {
    if (tag != null) {
      throw refuse(event, "YAML tags are not allowed");
    }
  }

  private RealmConfigException refuse(Event event, String what) {
    return refusal(file, positionOf(event.getStartMark()), what);
  }

  private static Position positionOf(Mark mark) {
    return new Position(mark.getLine() + 1, mark.getColumn() + 1);
  }

  private static Position positionOf(String text, int codePoints) {
    int end =
        text.offsetByCodePoints(0, Math.min(codePoints, text.codePointCount(0, text.length())));
    String before = text.substring(0, end);
    int lines = (int) before.chars().filter(c -> c == '\n').count();
    return new Position(lines + 1, end - before.lastIndexOf('\n'));
  }
}
