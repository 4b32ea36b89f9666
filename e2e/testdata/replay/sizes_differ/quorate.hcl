# A shrunken answer is believed when it comes three times in a row with the same size; another size starts the count again.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
