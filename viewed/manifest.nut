nuthatch-manifest 1 74458c9c 348
{
 "uuid": "776a954b5a0590e9f8d3d3ea17fa5a24",
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
 "lastModelId": 1,
 "clean": {
  "page": 1,
  "byteCount": 1491,
  "lastSeq": 1,
  "chain": "c0cdd816c79530a4f3bc001d311891c1"
 }
}
