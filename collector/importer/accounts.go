package importer

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hamawaz/hamawaz/schema"
)

// AccountBy says how a row finds its account, where no account is chosen for
// all rows.
type AccountBy string

const (
	// ByColumns looks at the platform's own id of the account, then at its
	// handle, then at the handle in the post's link. It is the default.
	ByColumns AccountBy = "columns"
	// ByFile takes the file's name up to what was added to the handle or the
	// account's id: governo_Es_2024.csv.gz is @governo_Es's.
	ByFile AccountBy = "file"
)

// accounts finds the account of a row among the registered ones of one
// platform. A name that an account once had is no way to it.
type accounts struct {
	platform schema.Platform
	byID     map[string]*schema.Account // by the platform's own id
	byHandle map[string]*schema.Account // in small letters
	byKey    map[string]*schema.Account // by our own id
	chosen   *schema.Account            // for all rows, or for the file at hand
}

func newAccounts(p schema.Platform, all []schema.Account) *accounts {
	a := &accounts{platform: p, byID: map[string]*schema.Account{}, byHandle: map[string]*schema.Account{}, byKey: map[string]*schema.Account{}}
	for i := range all {
		x := &all[i]
		if x.Platform != p {
			continue
		}
		if x.PlatformID != "" {
			a.byID[x.PlatformID] = x
		}
		if x.Handle != "" {
			a.byHandle[normalHandle(x.Handle)] = x
		}
		a.byKey[string(x.ID)] = x
	}
	return a
}

// normalHandle returns the handle as handles are compared.
func normalHandle(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "@"))
}

// choose takes the account for all rows.
func (a *accounts) choose(id schema.AccountID) error {
	x, ok := a.byKey[string(id)]
	if !ok {
		return fmt.Errorf("there is no %s account %q: see hamawaz account list", a.platform, id)
	}
	a.chosen = x
	return nil
}

// chooseByFile takes the account that the file is called after.
func (a *accounts) chooseByFile(name string) error {
	stem := filepath.Base(name)
	for {
		ext := filepath.Ext(stem)
		switch strings.ToLower(ext) {
		case ".gz", ".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson", ".json", ".js":
			stem = strings.TrimSuffix(stem, ext)
			continue
		}
		break
	}
	// Years and the like may follow: nothing with letters.
	for s := normalHandle(stem); s != ""; {
		if x := a.byHandle[s]; x != nil {
			a.chosen = x
			return nil
		}
		if x := a.byKey[s]; x != nil {
			a.chosen = x
			return nil
		}
		i := strings.LastIndexAny(s, "_- .")
		if i < 0 || strings.IndexFunc(s[i+1:], func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
			break
		}
		s = s[:i]
	}
	return fmt.Errorf("%s is called after no registered %s account: its name must begin with a handle, and nothing but numbers may follow", name, a.platform)
}

// find returns the account of a row. id is the platform's own id of the
// account, handle what a column says, fromLink the handle in the post's link;
// each may be empty.
func (a *accounts) find(id, handle, fromLink string) (*schema.Account, *Refusal) {
	if damagedID(id) != "" || !isPlatformID(id) {
		id = ""
	}
	byID := a.byID[id]
	byHandle := a.byHandle[normalHandle(handle)]
	if a.chosen != nil {
		return a.check(id, handle, byID, byHandle)
	}
	switch {
	case byID != nil && byHandle != nil && byID != byHandle:
		return nil, refuse(ReasonAccount, fieldAccountID, id, "the id %s is of account %s, the handle %s of account %s", id, byID.ID, excerpt(handle), byHandle.ID)
	case byID != nil:
		return byID, nil
	case byHandle != nil && !contradicts(id, byHandle.PlatformID):
		return byHandle, nil
	}
	if handle == "" {
		if x := a.byHandle[normalHandle(fromLink)]; x != nil && !contradicts(id, x.PlatformID) {
			return x, nil
		}
		handle = fromLink
	}
	var said []string
	if id != "" {
		said = append(said, "the id "+id)
	}
	if handle != "" {
		said = append(said, "the handle @"+excerpt(strings.TrimPrefix(handle, "@")))
	}
	if len(said) == 0 {
		return nil, refuse(ReasonAccount, "", "", "the row does not say whose post it is: choose the account")
	}
	return nil, refuse(ReasonAccount, fieldAccountID, id+handle, "no registered %s account has %s", a.platform, strings.Join(said, " or "))
}

// check returns the chosen account unless the row names another one.
func (a *accounts) check(id, handle string, byID, byHandle *schema.Account) (*schema.Account, *Refusal) {
	other := byID
	if other == nil && id == "" {
		other = byHandle
	}
	sameHandle := handle != "" && normalHandle(handle) == normalHandle(a.chosen.Handle)
	switch {
	case other != nil && other != a.chosen:
		return nil, refuse(ReasonOtherAccount, fieldAccountID, id, "the row is of account %s", other.ID)
	case other == nil && !sameHandle && contradicts(id, a.chosen.PlatformID):
		return nil, refuse(ReasonOtherAccount, fieldAccountID, id, "the row is of the %s account %s, not of %s (%s)", a.platform, id, a.chosen.ID, a.chosen.PlatformID)
	}
	return a.chosen, nil
}

// contradicts says whether the two ids cannot be of one account. Instagram has
// two kinds of ids for each: those of the Graph API begin with 17841.
func contradicts(id, registered string) bool {
	if id == "" || registered == "" || id == registered {
		return false
	}
	graph := func(s string) bool { return len(s) == 17 && strings.HasPrefix(s, "17841") }
	return graph(id) == graph(registered)
}

// isPlatformID says whether s can be a platform's id of an account: digits, or
// a YouTube channel.
func isPlatformID(s string) bool {
	return isNumber(s) || len(s) == 24 && strings.HasPrefix(s, "UC") && isWords(s)
}
