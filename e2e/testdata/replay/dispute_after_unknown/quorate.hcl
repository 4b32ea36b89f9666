# A dispute that has made the state unknown is open until one side carries the vote.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

consensus {
  dispute_timeout = "2m"
}
