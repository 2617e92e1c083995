// Follows handoff.js on the page of a trusted program, in a browser where it worked before: goes there by
// itself, and only once. Before, the address becomes that of a page that can show the code again, which is
// where Back leads.
addEventListener('load', () => {
  try {
    if (sessionStorage[at]) return
    sessionStorage[at] = 1
  } catch {
    return
  }
  history.replaceState(null, '', at)
  // A form that is submitted before the page has loaded would take its place in the history.
  setTimeout(() => {
    hand('_self')
    setTimeout(() => stop(), PATIENCE)
    give.submit()
  })
})
