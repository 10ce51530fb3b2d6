package dev.mayfly.evidence;

/// The instance key alone: the instance was attested before.
public record InstanceKey() implements Evidence {
  public static final String KIND = "instance_key";

  @Override
  public String kind() {
    return KIND;
  }
}
