# A source that measures every five minutes and is polled every minute is fresh for nine minutes and stale after twenty-four.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
