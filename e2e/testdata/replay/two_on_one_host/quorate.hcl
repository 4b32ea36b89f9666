# Two monitors on one host are counted by the newest claim of either.

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
