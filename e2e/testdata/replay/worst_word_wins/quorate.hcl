# With one voting witness the worst word on a part wins, also against another monitor on the same host.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval     = "60s"
  fault_domain = "pve1"
}

source "prtg" "prtg" {
  interval     = "60s"
  fault_domain = "pve1"
}
