# The least there can be: one monitor. Everything is judged by a single witness, and Quorate says so.

source "librenms" "librenms" {
  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")
  }
}
