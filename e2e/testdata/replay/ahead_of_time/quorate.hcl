# What is dated ahead of its snapshot is of the snapshot's time: it outdates nothing that comes later.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
