// A key may come behind the # of an address, which no server sees; it goes into the form and out of the address.
const given = /^#key=(.+)$/.exec(location.hash);
if (given) {
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("key").value = decodeURIComponent(given[1]);
}
