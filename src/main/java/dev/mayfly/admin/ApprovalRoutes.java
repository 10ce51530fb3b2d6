package dev.mayfly.admin;

import static dev.mayfly.admin.AdminShapes.REASON;

import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// Acts that wait for a second admin. Whom they let in follows from the act: what it takes to do it
/// alone, it takes to approve it.
@ApplicationScoped
class ApprovalRoutes implements AdminRoutesOf {
  private static final String ALL = "/approvals";
  private static final String ONE = ALL + "/:approval";

  private final ApprovalActs acts;

  @Inject
  ApprovalRoutes(ApprovalActs acts) {
    this.acts = acts;
  }

  @Override
  public List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get(ALL, Permission.signedIn(), acts::list)
            .described(
                Operation.of("Acts that waited for a second admin in the last month, newest first")
                    .asking(Shape.word("state", "pending").optional())
                    .answering(Shape.listOf(AdminShapes.APPROVAL))),
        new AdminRoute(HttpMethod.GET, ONE, Permission.signedIn(), acts::show)
            .described(
                Operation.of("One of them, with all that would be done")
                    .answering(
                        Shape.with(AdminShapes.OF_APPROVAL, Shape.member("act", Shape.free())))
                    .tagged()),
        AdminRoute.post(ONE + "/approve", Permission.signedInAfresh(), acts::approve)
            .described(
                Operation.of("Does what another admin has proposed")
                    .taking(REASON, Shape.text("digest"))
                    .answering(
                        Shape.with(AdminShapes.OF_APPROVAL, Shape.member("result", Shape.free())))
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(ONE + "/reject", Permission.signedIn(), acts::reject)
            .described(
                Operation.of("Refuses what was proposed, or takes it back")
                    .taking(REASON)
                    .answering(AdminShapes.APPROVAL)
                    .when(Operation.Condition.HONOURED)));
  }
}
