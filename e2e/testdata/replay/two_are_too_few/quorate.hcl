# With two devices nobody can tell an outage from a lost network: both are down.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
