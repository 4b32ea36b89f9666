# Polled every minute and measured every five, three measurements take ten minutes.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
