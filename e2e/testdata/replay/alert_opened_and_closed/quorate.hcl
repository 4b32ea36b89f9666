# What a source itself reports is told when it comes, grows graver and goes, and votes for nothing.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}
