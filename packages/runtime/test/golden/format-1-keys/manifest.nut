nuthatch-manifest 1 f11e7c40 348
{
 "uuid": "901e20d4ebed0e199bba4d6e65c51cb4",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 5,
 "clean": {
  "page": 1,
  "byteCount": 3380,
  "lastSeq": 5,
  "chain": "67569050f350ff16e66fa4c7174ac49b"
 }
}
