package dev.mayfly.admin;

import java.util.List;

/// Part of the admin API: beans that give rows to its table.
interface AdminRoutesOf {
  List<AdminRoute> routes();
}
