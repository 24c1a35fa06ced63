package personal

import "testing"

func TestPhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13800138000": "+8613800138000", "+86 138-0013-8000": "+8613800138000", "0086 13800138000": "+8613800138000", "8613800138000": "+8613800138000",
		"１３８００１３８０００": "+8613800138000", "+1 (415) 555-2671": "+14155552671", " 13800138000 ": "+8613800138000",
		"138****1234": "", "138xxxx1234": "", "17012345678": "", "16212345678": "", "13800138000-1234": "", "13800138000转123": "", "11111111111": "",
		"12345678901": "", "4001234567": "", "$8f2k==$": "", "": "", "~AbC~1~": "", "+86": "", "+8612": "", "1380013800": "",
	} {
		got, ok := Phone(in)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("Phone(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Li.Lei@Example.COM ": "li.lei@example.com", "a+b@x.cn": "a+b@x.cn",
		"a***@x.com": "", "@x.com": "", "a@x": "", "a b@x.com": "", "x": "", "": "", "a@b@c.com": "", "id@privaterelay.appleid.com": "", "q@marketplace.amazon.com": "",
	} {
		got, ok := Email(in)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("Email(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestHash holds the rule: HMAC-SHA256 over kind, U+001F and value. Landed hashes stay joinable only while it stays.
func TestHash(t *testing.T) {
	t.Parallel()
	const want = "141bd92adb62583883bbea5c5b847328d8185e50a06dfac7abd7a6beb18a5702" // by Python's hmac
	if got := Hash([]byte("key"), KindPhone, "+8613800138000"); got != want {
		t.Errorf("Hash = %s, want %s", got, want)
	}
	if Hash([]byte("key"), KindEmail, "+8613800138000") == want || Hash([]byte("other"), KindPhone, "+8613800138000") == want {
		t.Error("kind and key do not count")
	}
}
