# A claim that a report no longer makes no longer counts.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}
