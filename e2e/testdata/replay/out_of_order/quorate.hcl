# Measurements arrive in another order than they were made: the older one is history and interrupts nothing.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
