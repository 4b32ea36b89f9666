# One measurement that is handed over again and again counts once.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
