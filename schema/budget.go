package schema

import "time"

// A BudgetState is what one credential has spent of one quota of a platform.
type BudgetState struct {
	Platform   Platform
	Credential string     // a digest that tells credentials apart; never the secret
	Path       string     // of the API, where the platform counts each by itself
	Unit       string     // BudgetUnits, …
	Spent      int64      // in the window under way; in BudgetPercent of the whole
	Limit      *int64     // nil: there is none that we know of
	Resets     *time.Time // when the window ends; nil: not known
	Cost       int64      // of the month so far, in millionths of a US dollar
	ToldAt     *time.Time // when the platform's own headers last said so; nil: we counted
}

// The units of budgets.
const (
	BudgetUnits    = "units"    // as YouTube counts them: one for each of our calls
	BudgetRequests = "requests" // calls in a window
	BudgetPercent  = "percent"  // of what Meta allows
)

// A Postponed account was due, and what is left of its platform's budget does
// not cover it.
type Postponed struct {
	Account AccountID `json:"account"`
	Needs   int64     `json:"needs"` // of the unit, as its last pass took
	Left    int64     `json:"left"`
	Unit    string    `json:"unit"`
	Until   time.Time `json:"until"`
}
