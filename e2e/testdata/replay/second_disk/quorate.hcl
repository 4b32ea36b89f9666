# A second part that fails, and a part that gets worse, leave the status and are told as changes of their facet.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
