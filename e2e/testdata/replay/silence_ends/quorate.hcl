# An abstention replaces the claims of a source until it speaks again.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
