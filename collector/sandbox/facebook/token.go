package facebook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/hamawaz/hamawaz/collector/sandbox/graph"
	"github.com/hamawaz/hamawaz/schema"
)

// A caller is whoever a token stands for.
type caller struct {
	kind   callerKind
	page   *page // of a Page's token
	proved bool  // the request came with an appsecret_proof
}

type callerKind int

const (
	nobody callerKind = iota
	appCaller
	userCaller
	pageCaller
)

// whose returns whose token it is; the zero caller for one that never was.
func (c *call) whose(token string) caller {
	switch {
	case token == c.AppToken():
		return caller{kind: appCaller}
	case token == c.o.Token, c.logins.short(token, c.at):
		return caller{kind: userCaller}
	}
	for _, pg := range c.world.pages {
		if pg.Access == schema.AccessOwner && token == c.PageToken(pg.Handle) {
			return caller{kind: pageCaller, page: pg}
		}
	}
	return caller{}
}

// authorize checks the call's token and its proof. The platform answers 401 on
// edges and 400 on nodes, so that nobody relies on the status.
func (c *call) authorize() error {
	status := http.StatusBadRequest
	if len(c.path) > 1 {
		status = http.StatusUnauthorized
	}
	token := graph.Bearer(c.r)
	if token == "" {
		return &graph.Error{Status: status, Code: 190, Message: "An access token is required to request this resource."}
	}
	c.caller = c.whose(token)
	switch k := c.caller.kind; {
	case k == nobody:
		return &graph.Error{Status: status, Code: 190, Message: "Invalid OAuth access token - Cannot parse access token"}
	case k != appCaller && c.faults.token.At(c.at):
		e := c.faults.token.Error(c.at)
		e.Status = status
		return e
	}
	switch proof := c.r.URL.Query().Get("appsecret_proof"); {
	case proof == "" && c.o.RequireProof:
		return &graph.Error{Code: 100, Type: "GraphMethodException", Message: "API calls from the server require an appsecret_proof argument"}
	case proof != "" && !hmac.Equal([]byte(proof), []byte(proofOf(c.o.AppSecret, token))):
		return &graph.Error{Code: 100, Type: "GraphMethodException", Message: "Invalid appsecret_proof provided in the API argument"}
	default:
		c.caller.proved = proof != ""
	}
	return nil
}

func proofOf(secret, token string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(token))
	return hex.EncodeToString(h.Sum(nil))
}

// owns says whether the caller is the Page's own token.
func (c *call) owns(pg *page) bool { return c.caller.page == pg }

// enter counts a call to a Page and refuses a caller who may not see it.
func (c *call) enter(pg *page) error {
	if c.owns(pg) {
		if err := c.chargePage(pg.PlatformID); err != nil {
			return err
		}
		if c.faults.disconnected[pg.Handle] {
			return graph.DeadToken{Subcode: 492}.Error(c.at)
		}
		return nil
	}
	if err := c.chargeApp(); err != nil {
		return err
	}
	if c.caller.kind == appCaller || c.caller.proved || c.manages(pg) && len(c.path) <= 1 {
		return nil
	}
	return graph.Invalid("Pages Public Content Access requires either app secret proof or an app token")
}

// manages says whether the caller is the user whom the Page's owner gave a
// role.
func (c *call) manages(pg *page) bool {
	return c.caller.kind == userCaller && pg.Access == schema.AccessOwner && !c.faults.disconnected[pg.Handle]
}
