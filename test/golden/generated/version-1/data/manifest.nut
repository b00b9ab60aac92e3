nuthatch-manifest 1 27e03eba 461
{
 "uuid": "6ed0626660265272fb1cdbd68b9e60a4",
 "incarnation": 1,
 "epoch": 2,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 1,
  "byteCount": 1014,
  "frameCount": 2,
  "chain": "9aa03ccab8802c0fcd1ccfc1861547de"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 1,
  "byteCount": 1055,
  "lastSeq": 2,
  "chain": "6bf2ba1cde6579756a076770d917fac0"
 }
}
