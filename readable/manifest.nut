nuthatch-manifest 1 7e6f0277 405
{
 "uuid": "f27cdedb85ad28671866b6e9abd9996c",
 "incarnation": 1,
 "epoch": 2,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 6,
   "sealed": {
    "byteCount": 2064,
    "lastSeq": 2,
    "chain": "43cf48872aaff4a0d08fcec5cc8f3d88"
   }
  },
  {
   "number": 2,
   "firstSeq": 3,
   "codecId": 6
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1
}
