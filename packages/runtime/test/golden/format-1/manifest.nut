nuthatch-manifest 1 cc911f77 669
{
 "uuid": "fef04ecb749cb78a78a977e0076d96e0",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0,
   "sealed": {
    "byteCount": 4658,
    "lastSeq": 5,
    "chain": "6fc452fd95134fc806d1dcb107214af5"
   }
  },
  {
   "number": 2,
   "firstSeq": 6,
   "codecId": 0,
   "sealed": {
    "byteCount": 6395,
    "lastSeq": 9,
    "chain": "3c6f130d6ad1be8038a204ed0a486c82"
   }
  },
  {
   "number": 3,
   "firstSeq": 10,
   "codecId": 0
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "clean": {
  "page": 3,
  "byteCount": 2700,
  "lastSeq": 11,
  "chain": "77ab3b4a3abd68ef0b505582159d8f9b"
 }
}
