# A part that is not well makes its device degraded, after three measurements of one witness; back well, it is up after three more.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
