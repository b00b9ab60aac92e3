nuthatch-manifest 1 0f20c490 683
{
 "uuid": "ac8ec1338831075ad2b425260468944b",
 "incarnation": 1,
 "epoch": 3,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 1,
   "sealed": {
    "byteCount": 420,
    "lastSeq": 1,
    "chain": "87980ce9c87c873335dd475b6e825911"
   }
  },
  {
   "number": 2,
   "firstSeq": 2,
   "codecId": 2,
   "sealed": {
    "byteCount": 903,
    "lastSeq": 2,
    "chain": "96531413424db5555a7aecb314324017"
   }
  },
  {
   "number": 3,
   "firstSeq": 3,
   "codecId": 3
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 3,
  "byteCount": 504,
  "lastSeq": 3,
  "chain": "8a0260f43ee151d2a8e1c24a73de1ad8"
 }
}
