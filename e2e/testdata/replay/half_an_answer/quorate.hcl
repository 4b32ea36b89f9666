# Half of the devices is no shrunken answer.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
