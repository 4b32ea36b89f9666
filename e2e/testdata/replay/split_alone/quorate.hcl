# Half a vote for each side, and nobody else: contested, and a dispute after more than one and a half intervals.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
