# Three devices down and nobody else to ask: the source has lost its own network, and nothing is known.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
