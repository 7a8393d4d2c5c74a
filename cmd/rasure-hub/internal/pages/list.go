package pages

// perPage is how many rows a page of a long list has.
const perPage = 50

// Paged is a page of a long list.
type Paged[T any] struct {
	Total int `json:"total"`
	Page  int `json:"page"` // from 1
	Pages int `json:"pages"`
	Rows  []T `json:"rows"`
}

// cut returns a page of a list. A page behind the end is the last one.
func cut[T any](all []T, page int) Paged[T] {
	p := Paged[T]{Total: len(all), Pages: max(1, (len(all)+perPage-1)/perPage)}
	p.Page = min(page, p.Pages)
	from := (p.Page - 1) * perPage
	p.Rows = append([]T{}, all[from:min(len(all), from+perPage)]...)
	return p
}

// Before and After are the neighbours; 0 if there is none.
func (p Paged[T]) Before() int { return p.Page - 1 }

// After is the next page.
func (p Paged[T]) After() int {
	if p.Page < p.Pages {
		return p.Page + 1
	}
	return 0
}
