# The page for everybody at home who has a login or a token, by the HTTPS of a reverse proxy on the same machine.
# docs/listening.md says what the proxy is to send, and how the agent speaks HTTPS itself.

agent {
  hosts          = ["quorate.example.net"] # the name by which people reach the proxy
  behind_proxy   = ["127.0.0.1"]           # it is believed when it says for whom it asks
  require_tokens = true                    # of this machine as well
}

source "librenms" "librenms" {
  config {
    url   = "https://librenms.example.net"
    token = env("LIBRENMS_TOKEN")
  }
}
