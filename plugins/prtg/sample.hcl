source "prtg" "prtg" {
  interval = "60s"

  config {
    url       = "https://prtg.example.net"
    api_token = env("PRTG_API_KEY")           # account settings, API Keys; read access is enough

    # In place of the API key, on older servers: the account with its passhash, or with its password.
    # username = "quorate"
    # passhash = env("PRTG_PASSHASH")
    # password = env("PRTG_PASSWORD")

    # ca_file    = "/etc/quorate/ca.pem"      # for a certificate of your own authority
    # pin_sha256 = "AB:CD:..."                # for PRTG's self-signed one
    # root_id    = 2010                       # only what is below this probe, group or device
    # include    = ["192.0.2.0/24", "nas*"]
    # exclude    = ["Probe Device"]
  }
}
