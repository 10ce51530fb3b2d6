package dev.mayfly.admin;

import static dev.mayfly.admin.Shape.free;
import static dev.mayfly.admin.Shape.listOf;
import static dev.mayfly.admin.Shape.member;
import static dev.mayfly.admin.Shape.moment;
import static dev.mayfly.admin.Shape.number;
import static dev.mayfly.admin.Shape.object;
import static dev.mayfly.admin.Shape.text;
import static dev.mayfly.admin.Shape.truth;
import static dev.mayfly.admin.Shape.word;

import dev.mayfly.admin.Shape.Named;

/// What the rows of [OverviewRoutes] take and tell.
final class OverviewShapes {
  private OverviewShapes() {}

  private static final Named SPAN =
      new Named(
          "Span",
          object(
              moment("from"),
              number("grants_opened"),
              number("tokens"),
              number("refusals"),
              number("alerts")));

  private static final Shape COUNTRY =
      object(text("country").nullable(), number("tokens"), number("refusals"));

  private static final Shape REFUSALS =
      object(text("event"), text("because"), number("count"), moment("last_at"));

  private static final Shape STANDINGS =
      object(
          number("pending"),
          number("active"),
          number("suspended"),
          number("removed"),
          number("revoked"));

  private static final Shape NOT_ACTIVE =
      object(
          text("client_id"),
          word("state", "pending", "suspended"),
          moment("state_at"),
          text("state_reason"));

  static final Operation OVERVIEW =
      Operation.of("What went on in the realm during the last day, and what needs attention")
          .answering(
              object(
                  moment("as_of"),
                  member("live_grants", object(number("count"), truth("more"))),
                  member("last_five_minutes", SPAN),
                  member("hours", listOf(SPAN)),
                  member("countries", listOf(COUNTRY)),
                  member("refusals", listOf(REFUSALS)),
                  member("clients", STANDINGS),
                  member("not_active", listOf(NOT_ACTIVE)),
                  member(
                      "secrets_that_end",
                      listOf(object(text("client_id"), moment("expires_at"))))));

  static final Operation POLICY =
      Operation.of("The realm file in force, with every default written out")
          .answering(object(text("realm"), text("issuer"), member("document", free())));

  static final Operation TRIAL =
      Operation.of("What the request check would say to a request that nobody has made")
          .asking(
              text("client"),
              text("method"),
              text("path"),
              text("address"),
              text("country").optional(),
              moment("at").optional())
          .answering(
              object(
                  word("verdict", "refused", "may_pass"),
                  member(
                      "steps",
                      listOf(
                          object(
                              text("check"),
                              word("outcome", "passed", "refused", "observed", "left_open"),
                              text("says"))))));

  static final Operation BROKER =
      Operation.of("How the broker that answers is")
          .answering(
              object(
                  member(
                      "tokens",
                      listOf(
                          object(
                              text("token"),
                              word("state", "ready", "down"),
                              number("sessions").optional(),
                              moment("since").optional(),
                              text("because").optional()))),
                  truth("revocations_fresh"),
                  text("audit_trail"),
                  number("uncovered_seconds"),
                  truth("audit_trail_cut")));
}
