package blogsink

import "strings"

// settingWord is a word of the configuration's own: the name of a block or an attribute, or a value from a closed list.
type settingWord struct{ text string }

// parseWord takes nothing but words of the list below.
func parseWord(s string) (settingWord, bool) {
	if !settingWords[s] {
		return settingWord{}, false
	}
	return settingWord{s}, true
}

func (w settingWord) String() string { return w.text }

// settingWords are all names of blocks and attributes that the agent and its own sources and sinks know, and all values
// that are one of a few. A test of the program compares them with the schemas.
var settingWords = wordSet(`
		agent consensus prefer source device group maintenance sink match config push limits credential target discover
		librenms prtg snmp-direct reach exec blog webhook file stdout notify
		methods ports rate source_address follow nat
		never_merge shared_addresses name data_dir listen domains
		interval timeout trust fault_domain anchors command sha256 max_body per_minute memory files processes
		parents tags quorum confirm dispute_timeout on_dispute address hostname mac serial refs devices
		fresh_for stale_after down_share up_share probe_every clock_skew retire_after blind_after own_network_devices mass_share
		mass_devices mass_window believe_after short_devices short_share short_believe_after flap_ring flap_min flap_start flap_end
		group_wait group_wait_max restart_wait
		groups schedule start end duration timezone reason
		vendor model os version location type addresses
		dir flavor title categories notes phase link_style body_title round_times templates git branch
		timeout batch retry_first retry_most max_backlog at_cap on
		url token step ca_file pin_sha256 include exclude api_token username passhash password root_id
		request_timeout retries slow_interval device_timeout table_timeout max_rows answers_from profiles_dir community user auth_protocol auth_password priv_protocol priv_password context
		credentials profile transport ranges adopt traps relays env format
		secret old_secret headers batch_mode cert_file key_file proxy path max_size daily keep compress mode urls settle per_hour link

		post_url baseurl_post_url relative none minute hour day unknown up down degraded split ok warning critical info jekyll block drop_oldest json text observations 0600 0640 v1 v2c v3 udp udp4 udp6 tcp
		MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512 DES AES-128 AES-192 AES-256 AES-192-C AES-256-C`)

// plainLabels are words that people give to groups and tags and that say nothing of a home. Any other gets an alias.
var plainLabels = wordSet(`core edge access uplink storage backup servers server cameras camera printers printer switches switch network wifi wireless
		media iot infrastructure monitoring virtual power sensors clients critical important ignore lab test production`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}
