package facebook

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
)

// maxBatch is how many requests a batch, or a list of ids, may hold.
const maxBatch = 50

// A batchAnswer is one part of a batch's answer.
type batchAnswer struct {
	Code    int           `json:"code"`
	Headers []batchHeader `json:"headers"`
	Body    string        `json:"body"`
}

type batchHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// batch answers POST /: the answers to several requests, in their order; null
// for one that took too long. Each counts as a call of its own.
func (c *call) batch() ([]byte, error) {
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, 1<<20)
	if err := c.r.ParseForm(); err != nil {
		return nil, graph.Invalid("The body of the request cannot be read")
	}
	var asked []struct {
		Method string `json:"method"`
		URL    string `json:"relative_url"`
	}
	if err := json.Unmarshal([]byte(c.r.Form.Get("batch")), &asked); err != nil {
		return nil, graph.Invalid("Param batch must be a JSON array")
	}
	if len(asked) == 0 || len(asked) > maxBatch {
		return nil, graph.Invalid("A batch holds 1 to 50 requests")
	}
	token := graph.Bearer(c.r)
	if token == "" {
		token = c.r.Form.Get("access_token")
	}
	out := make([]*batchAnswer, len(asked))
	for i, a := range asked {
		if c.faults.nullParts[i] {
			continue
		}
		part, ok := c.part(a.Method, a.URL, token)
		if !ok {
			return nil, graph.Invalid("The requests of a batch need a method and a relative_url")
		}
		status, body := part.respond()
		out[i] = &batchAnswer{Code: status, Headers: []batchHeader{}, Body: string(body)}
		for name, values := range part.header {
			out[i].Headers = append(out[i].Headers, batchHeader{name, values[0]})
		}
	}
	return json.Marshal(out)
}

// part returns a request of a batch as a call of its own.
func (c *call) part(method, address, token string) (*call, bool) {
	u, err := url.Parse("/" + strings.TrimPrefix(address, "/"))
	if err != nil || method == "" || address == "" || u.Host != "" {
		return nil, false
	}
	r, err := http.NewRequestWithContext(c.r.Context(), method, u.String(), nil)
	if err != nil {
		return nil, false
	}
	r.Host = c.r.Host
	q := r.URL.Query()
	if proof := c.r.Form.Get("appsecret_proof"); proof != "" && !q.Has("appsecret_proof") {
		q.Set("appsecret_proof", proof)
		r.URL.RawQuery = q.Encode()
	}
	if !q.Has("access_token") {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return &call{Server: c.Server, r: r, at: c.at, faults: c.faults, header: make(http.Header), batched: true}, true
}
