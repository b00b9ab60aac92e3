nuthatch-manifest 1 a681fa45 631
{
 "uuid": "4a80aca344c16b47d083eec681610f79",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0,
   "sealed": {
    "byteCount": 6409,
    "lastSeq": 7,
    "chain": "56518281d6ecd279f0458441e815211e"
   }
  },
  {
   "number": 2,
   "firstSeq": 8,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 7,
  "byteCount": 5238,
  "frameCount": 2,
  "chain": "15c784a8f33930f0e6a770f495f19332"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 2,
  "byteCount": 2113,
  "lastSeq": 13,
  "chain": "d8fbdabfdb81b80b9ac2da25a43fd3f2"
 }
}
