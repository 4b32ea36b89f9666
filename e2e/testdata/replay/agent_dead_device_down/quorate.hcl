# Where the device is down, its agent decides nothing: the change is one of the facet alone.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
