nuthatch-manifest 1 e72158ca 348
{
 "uuid": "5905ea13fe26661c0963c85bff6e4a90",
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
  "byteCount": 3421,
  "lastSeq": 5,
  "chain": "05c3cac9e30f0de0deea58b26b3a62d9"
 }
}
