# An address that the configuration calls shared belongs to nobody: two routers stay two.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

shared_addresses = ["192.0.2.254"]
