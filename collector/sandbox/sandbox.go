// Package sandbox stands in for the platforms in tests and demos. Its
// sub-packages answer over real HTTP as one platform each does, with real
// public posts where we hold any.
//
// A World knows the truth: every post, and what its counters stand at in any
// second. A server of the sub-package shows that truth the way its platform
// would, with its pages, quotas and refusals, so that what a collector stored
// can be held against what was there to be read.
//
// This package holds what all platforms share: the words of truth, where
// modelled numbers come from and how they grow, and how answers are sent and
// spoiled.
package sandbox
