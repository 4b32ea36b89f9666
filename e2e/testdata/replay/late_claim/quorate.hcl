# Of an observation of now a single claim may be late: the disk was measured before what is known of it.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
