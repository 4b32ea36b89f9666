# Everything that happens, told to a hub and kept in a file; what a person should see, in the journal of systemd.
# docs/sinks.md says what a sink may be told, and how a receiver checks that it came from here.

source "librenms" "librenms" {
  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")
  }
}

source "prtg" "prtg" {
  config {
    url       = "https://prtg.example.net"
    api_token = env("PRTG_TOKEN")
  }
}

sink "webhook" "hub" {
  url         = "https://hub.example.net/quorate"
  secret      = env("HUB_SECRET") # what "openssl rand -hex 24" prints
  batch_mode  = true
  max_backlog = 1000000 # of a hub that never comes back
  at_cap      = "drop_oldest"
}

sink "file" "log" {
  path     = "/var/lib/quorate/events.jsonl"
  daily    = true
  keep     = 90
  compress = true
}

sink "stdout" "journal" {
  format = "text"
  on     = ["verdict.changed", "source.*", "dispute.*", "config.*"]
}
