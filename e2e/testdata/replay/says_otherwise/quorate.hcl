# Unless the source says otherwise: its own word on reach stands beside an agent that answers.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
