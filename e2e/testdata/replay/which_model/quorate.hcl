# The newest word on a field stands, a placeholder replaces nothing, and the configuration may prefer a source.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

prefer {
  location = ["librenms"]
}
