# MACs of groups, of virtual routers, of containers, and those that anybody may give themselves are no evidence.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
