package sandbox

import "time"

// Some platforms cut their days at midnight in California. The zone's rule is
// written out here because a zone database may be missing where a demo runs.

// PacificOffset returns how far Californian time is ahead of UTC, in seconds:
// summer time runs from 2 o'clock on the second Sunday of March to 2 o'clock
// on the first Sunday of November.
func PacificOffset(second int64) int64 {
	year := time.Unix(second, 0).UTC().Year()
	begin := sunday(year, time.March, 2) + 10*3600
	end := sunday(year, time.November, 1) + 9*3600
	if second >= begin && second < end {
		return -7 * 3600
	}
	return -8 * 3600
}

// sunday returns the start, in UTC, of the n-th Sunday of a month.
func sunday(year int, month time.Month, n int) int64 {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, (7-int(first.Weekday()))%7+7*(n-1)).Unix()
}

// PacificMidnight returns the midnight with which the day of the second began.
func PacificMidnight(second int64) int64 {
	local := second + PacificOffset(second)
	local -= (local%DaySeconds + DaySeconds) % DaySeconds
	midnight := local - PacificOffset(second)
	if o := PacificOffset(midnight); o != PacificOffset(second) {
		midnight = local - o
	}
	return midnight
}

// NextPacificMidnight returns the midnight with which the day of the second
// ends; days have 23 to 25 hours.
func NextPacificMidnight(second int64) int64 {
	return PacificMidnight(PacificMidnight(second) + 30*3600)
}
