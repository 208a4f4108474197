// The table of articles is searched, sorted and turned in turn, by the words that stand in the box by then.
window.newsqa.table = window.newsqa.oneByOne((wanted) => trigger('show_table', wanted));
