package api

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"no secret here: code red, token of love", "no secret here: code red, token of love"},
		{"https://g.com/x?access_token=SECRET&after=q", "https://g.com/x?access_token=MASKED&after=q"},
		{"https://g.com/x?after=q&ACCESS_TOKEN=SECRET", "https://g.com/x?after=q&ACCESS_TOKEN=MASKED"},
		{"https://g.com/?code=SECRET#x", "https://g.com/?code=MASKED#x"},
		{"https://g.com/?shortcode=C123&key=SECRET", "https://g.com/?shortcode=C123&key=MASKED"},
		{`Get "https://g.com/?client_secret=SECRET": dial tcp`, `Get "https://g.com/?client_secret=MASKED": dial tcp`},
		{"appsecret_proof=SECRET fb_exchange_token=SECRET input_token=SECRET refresh_token=SECRET", "appsecret_proof=MASKED fb_exchange_token=MASKED input_token=MASKED refresh_token=MASKED"},
		{"https://a/?redirect=https%3A%2F%2Fg.com%3Faccess_token%3DSECRET%26x%3D1&y=2", "https://a/?redirect=https%3A%2F%2Fg.com%3Faccess_token%3DMASKED%26x%3D1&y=2"},
		{`{"next":"https:\/\/g.com\/?access_token=1|SE\/CRET&after=a"}`, `{"next":"https:\/\/g.com\/?access_token=MASKED&after=a"}`},
		{`{"next":"https://g.com/?access_token=1\u007cSECRET\u0026after=a"}`, `{"next":"https://g.com/?access_token=MASKED\u0026after=a"}`},
		{`{"next":"https://g.com/?x=1\u0026code=SECRET"}`, `{"next":"https://g.com/?x=1\u0026code=MASKED"}`},
		{`{"access_token":"SECRET","token_type":"bearer"}`, `{"access_token":"MASKED","token_type":"bearer"}`},
		{`{"access_token" : "SEC\"RET"}`, `{"access_token" : "MASKED"}`},
		{`{"body":"{\"access_token\":\"SECRET\",\"x\":1}"}`, `{"body":"{\"access_token\":\"MASKED\",\"x\":1}"}`},
		{`{"access_token":"SECRET`, `{"access_token":"MASKED`},
		{`{"error":{"code":190,"message":"x"}}`, `{"error":{"code":190,"message":"x"}}`},
		{`{"code":"access_token_invalid","next_token":"b26v89c19zqg8o3f"}`, `{"code":"access_token_invalid","next_token":"b26v89c19zqg8o3f"}`},
		{"Authorization: Bearer SECRETSECRETSECRET x", "Authorization: Bearer MASKED x"},
		{"https://user:SECRET@g.com/", "https://MASKED@g.com/"},
		{"نیا access_token=SECRET", "نیا access_token=MASKED"},
		{"access_token=", "access_token="},
	}
	for _, tt := range tests {
		if got := Mask(tt.in); got != tt.want {
			t.Errorf("Mask(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestMaskKnown(t *testing.T) {
	const secret = "abc/def|ghi=jkl"
	in := `plain abc/def|ghi=jkl query abc%2Fdef%7Cghi%3Djkl json abc\/def|ghi=jkl`
	if got, want := Mask(in, secret), "plain MASKED query MASKED json MASKED"; got != want {
		t.Errorf("Mask(%q): got %q, want %q", in, got, want)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("https://g.com/x?access_token=SECRET&after=q", "?")
	f.Add(`{"access_token":"SECRET"}`, `\u0026`)
	f.Fuzz(func(t *testing.T, a, b string) {
		const secret = "Zq8Zq8Zq8Zq8Zq8Zq8"
		for _, s := range []string{
			a + "?access_token=" + secret + "&" + b,
			a + `"access_token":"` + secret + `"` + b,
			a + secret + b,
		} {
			if got := Mask(s, secret); strings.Contains(got, secret) {
				t.Errorf("Mask(%q) keeps the secret: %q", s, got)
			}
		}
	})
}

func BenchmarkMask(b *testing.B) {
	item := `{"id":"17895731045244887","caption":"محکمہ اطلاعات سندھ کی جانب سے #Sindh https://sindh.gov.pk/1","like_count":12,"shortcode":"CSgf9BChwVq"},`
	s := `{"data":[` + strings.Repeat(item, 400) + `{}],"paging":{"next":"https://graph.facebook.com/?access_token=SECRET&after=q"}}`
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		mask(s, []string{token})
	}
}
